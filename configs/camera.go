package configs

import "fmt"

// setRotate takes the angles by which a picture stays upright in its frame.
func setRotate(s *Service, v any) error {
	degrees, ok := v.(int64)
	if !ok || degrees != 0 && degrees != 90 && degrees != 180 && degrees != 270 {
		return fmt.Errorf("expected 0, 90, 180 or 270 degrees, got %v", v)
	}
	s.Rotate = int(degrees)
	return nil
}
